"""What confgen itself does on the wire."""
