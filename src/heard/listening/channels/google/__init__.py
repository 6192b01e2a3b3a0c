"""What the channels on Google's APIs share: signing in, and what its refusals mean. No channel itself."""
