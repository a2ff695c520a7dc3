"""The app in a browser: textual-serve runs it for each visitor, and this says to whom and with which page."""
