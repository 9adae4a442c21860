"""New individuals: which photographs of none of the known show the same one, by methods that are compared."""
