"""Near duplicates: hashes and shapes propose pairs of photographs, their pixels verify them."""
