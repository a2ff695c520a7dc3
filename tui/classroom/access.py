class Arrival:
    person = name = ""
    teaches = False
    question = ""
    instruction = ""
    delay = 0
    may_try = True

    def needs_proof(self, username):
        self.person = self.name = username
        self.teaches = username == "teacher"
        return False

    def entered(self):
        pass

    def left(self):
        pass


class Access:
    def arrive(self, address):
        return Arrival()
