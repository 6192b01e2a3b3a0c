"""SMS: texts to and from a number of ours, and the words by which people end them. See channel.md."""
