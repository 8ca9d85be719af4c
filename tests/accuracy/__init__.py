"""How true the recorded numbers are: programs of known use, recorded, and the errors."""
