"""Fixtures that more than one kind of test uses."""

pytest_plugins = ("tests.fixtures_browser", "tests.fixtures_lab", "tests.fixtures_postgres")
