"""A payment provider that moves no money: another company's house, which ours speaks to over HTTP alone."""
