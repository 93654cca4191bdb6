"""The client's policy: a validated document, and the pure decision what an invoice is at today and why."""
