"""The straightforward way of the same work, kept small and honest, to hold our figures against."""
