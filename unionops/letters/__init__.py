"""Official letters in and out (收發文): their register, deadlines, sign-off, dispatch and what each belongs to."""
