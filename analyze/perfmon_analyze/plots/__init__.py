"""The figures, by topic: what they show in `data`, and the modules beside it that draw them with matplotlib."""
