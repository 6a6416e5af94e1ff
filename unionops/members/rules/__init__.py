"""What is decided about members: pure, with reasons."""
