"""Questions asked on the phone: one screen and one command for every calculator of the law layer."""
