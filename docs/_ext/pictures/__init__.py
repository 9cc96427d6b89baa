"""The pictures: learning_rate.py has those of the page learning-rate.md."""
