"""Time beside the peers."""
