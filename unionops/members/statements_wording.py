"""What verdicts, sources and outcomes of statements are called on screens."""

from __future__ import annotations

from unionops.core.i18n import _l

VERDICTS = {
    "va_exact": _l("虛擬帳號相符"), "last5_exact": _l("常用帳號相符"), "by_number": _l("會員編號相符"), "normal": _l("銷帳編號相符"), "name_amount": _l("姓名與金額相符"), "by_name": _l("姓名與金額相符"),
    "name_lossy": _l("姓名有缺字"), "combined": _l("數人合繳"), "fee_short": _l("被扣手續費"), "overpaid": _l("溢繳"), "part_payment": _l("部分繳款"),
    "late_arrival_in_time": _l("準時繳、較晚入帳"), "paid_late": _l("逾期繳款"), "duplicate_payment": _l("重複繳款"), "unknown": _l("無法辨認"), "wrong_virtual_account": _l("編號有誤"),
    "ambiguous_name": _l("同名待查"), "number_name_conflict": _l("編號與姓名不符"), "employer_checkoff": _l("雇主代扣款"), "store_settlement": _l("超商撥款"), "giro_transfer": _l("劃撥戶轉入"),
    "interest": _l("利息"), "bank_fee": _l("銀行手續費"), "outgoing": _l("支出"), "returned_outgoing": _l("支出退回"), "reversal": _l("銀行沖正"), "reversed_original": _l("被沖正"),
}
SOURCES = {"bank": _l("銀行"), "giro": _l("郵政劃撥"), "shop": _l("超商代收")}
OUTCOMES = {
    "": ("soon", _l("待處理")), "posted": ("ok", _l("已入帳")), "suspense": ("warn", _l("列暫收款")), "aside": ("off", _l("不是會員繳款")), "reversed": ("off", _l("已沖正")),
}
"""settled_as → (sign, word)"""
