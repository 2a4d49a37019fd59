"""A loopback OpenRouter: it records what it is asked, and answers so that clients go on asking."""
