pytest_plugins = ["tests.support.cast"]
