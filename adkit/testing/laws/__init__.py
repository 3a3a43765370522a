"""Laws that derivatives obey."""
