"""Makes its environment ahead of the first measurement, as `make tools` does."""

from baseline.helpdesk import python

if __name__ == "__main__":
    python()
    print("there")
