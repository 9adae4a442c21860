"""Other programs of the field, beside Longtail: the same photographs, network and loss, one after the other."""
