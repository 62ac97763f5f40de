"""Reads questions, and the documents they are asked of, from the forms in which test data is published."""
