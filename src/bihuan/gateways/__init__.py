"""The machines' doors: what partners' systems send and ask."""
