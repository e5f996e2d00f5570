"""Where the text of a page is and in what order it is read: geometry only, no models."""
