"""What is done with applications: received, checked, decided, admitted; the public form; people who might join."""
