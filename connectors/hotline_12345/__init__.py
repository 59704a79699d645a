"""The city's 12345 hotline: its orders come in, our signing and our answers go back."""
