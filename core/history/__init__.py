"""The past of a company's invoices, for backtests and statistics: from the books, or from a file."""

from core.history.files import read_history
from core.history.values import PastInvoice, PastLetter, PastPayment, in_order, past_invoices, with_debtors, with_events

__all__ = ["PastInvoice", "PastLetter", "PastPayment", "in_order", "past_invoices", "read_history", "with_debtors", "with_events"]
