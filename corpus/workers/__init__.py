"""Reading files in processes of their own, which may hang, crash or swell and harm no other."""
