"""What the chat page is started with."""

import pytest

from qa.cli import main


@pytest.mark.parametrize("command", [["chat", "--no-browser"], ["ask", "Who?"]])
@pytest.mark.parametrize("value", ["1.5", "-0.1", "many"])
def test_a_least_relevance_that_is_none_is_refused(command, value, capsys):
    assert main([*command, "--min-relevance", value]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "--min-relevance" in err
    assert err.count("\n") == 1
