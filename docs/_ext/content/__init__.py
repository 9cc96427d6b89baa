"""What pages show of this tree: its tests, commands, files and measurements."""
