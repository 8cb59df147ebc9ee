"""Acting: a command and what is known go in, events or a refusal come out."""
