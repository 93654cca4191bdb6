import json
from datetime import date

import pytest

from tests.simulators.fortnox_bench import Bench

SETTLED = ((6062, 625, 0), (2641, 201.25, 0), (8313, 0, 100), (1689, 0, 726.25))


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


def connect(bench, file_id, **changes):
    body = {"FileId": file_id, "VoucherSeries": "A", "VoucherNumber": "1", "VoucherYear": 2, **changes}
    return bench.call("POST", "/3/voucherfileconnections", {"VoucherFileConnection": body})


def test_balanced_voucher_is_written(bench):
    reply = bench.voucher(*SETTLED)
    voucher = reply.json["Voucher"]
    assert (reply.status, reply.headers["Location"], voucher["VoucherNumber"], voucher["Year"]) == (201, "vouchers", 1, 2)
    assert bench.company.account_balance(6062) == 625


def test_unbalanced_voucher_is_refused(bench):
    assert bench.voucher((6062, 625, 0), (1689, 0, 624.99)).status == 400
    assert bench.company.state()["vouchers"] == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"on": "2024-12-31"}, 2999012),
        ({"series": "B"}, 2999007),
        ({"series": "Z"}, 2999007),
        ({"year": 9}, 2000588),
        ({"Description": ""}, 2001795),
        ({"Description": "x" * 201}, 2000107),
        ({"Note": "x"}, 2001399),
    ],
)
def test_bad_voucher_is_refused(bench, changes, code):
    assert bench.voucher(*SETTLED, **changes).code == code


@pytest.mark.parametrize(
    ("rows", "code"), [(((6062, 5, 0),), 2999009), (((1111, 5, 0), (1689, 0, 5)), 2000423), (((6062, -5, 0), (1689, 0, -5)), 2999020)]
)
def test_bad_rows_are_refused(bench, rows, code):
    assert bench.voucher(*rows).code == code


def test_mandatory_cost_center_refuses(bench):
    bench.company.set_account(6062, CostCenterSettings="MANDATORY")
    assert bench.voucher(*SETTLED).status == 400


def test_locked_period_refuses_voucher(bench):
    bench.company.lock_period("2025-04-14")
    assert bench.voucher(*SETTLED).code == 2000401
    assert bench.get("/3/settings/lockedperiod").json == {"LockedPeriod": {"EndDate": "2025-04-14"}}


def test_open_period_takes_voucher(bench):
    bench.company.lock_period("2025-04-13")
    assert bench.voucher(*SETTLED).status == 201
    bench.company.lock_period(None)
    assert bench.get("/3/settings/lockedperiod").json == {"LockedPeriod": {"EndDate": None}}


def test_numbers_run_per_series(bench):
    written = [bench.voucher(*SETTLED, series=series).json["Voucher"]["VoucherNumber"] for series in ("A", "I", "A")]
    assert written == [1, 1, 2]


def test_preselected_year_needs_no_parameter(bench):
    body = {"Description": "x", "TransactionDate": "2025-04-14", "VoucherSeries": "A", "Year": 1}
    rows = [{"Account": 6062, "Debit": 5}, {"Account": 1689, "Credit": 5}]
    assert bench.call("POST", "/3/vouchers", {"Voucher": {**body, "VoucherRows": rows}}).json["Voucher"]["Year"] == 2


def test_preselected_year_is_not_the_date(bench):
    body = {"Description": "x", "TransactionDate": "2024-04-14", "VoucherSeries": "A"}
    rows = [{"Account": 6062, "Debit": 5}, {"Account": 1689, "Credit": 5}]
    assert bench.call("POST", "/3/vouchers", {"Voucher": {**body, "VoucherRows": rows}}).status == 400


def test_voucher_is_found_by_key(bench):
    bench.voucher(*SETTLED, Comments="INK 7")
    voucher = bench.get("/3/vouchers/A/1?financialyear=2").json["Voucher"]
    assert (voucher["Comments"], len(voucher["VoucherRows"]), voucher["VoucherRows"][1]["Debit"]) == ("INK 7", 4, 201.25)
    assert voucher["@url"].endswith("/vouchers/A/1?financialyear=2")


def test_voucher_of_other_year_is_missing(bench):
    bench.voucher(*SETTLED)
    assert bench.get("/3/vouchers/A/1?financialyear=1").status == 404


def test_sublist_holds_one_series(bench):
    bench.voucher(*SETTLED)
    bench.company.book_bank("2025-04-14", "Utbetalning inkasso", "726.25", 1689)
    rows = bench.get("/3/vouchers/sublist/F?financialyear=2").json["Vouchers"]
    assert [row["Description"] for row in rows] == ["Utbetalning inkasso"]
    assert "VoucherRows" not in rows[0]


def test_voucher_list_has_dates(bench):
    for on in ("2025-03-01", "2025-04-01"):
        bench.voucher(*SETTLED, on=on)
    rows = bench.get("/3/vouchers?financialyear=2&fromdate=2025-03-15&todate=2025-04-30").json["Vouchers"]
    assert [row["TransactionDate"] for row in rows] == ["2025-04-01"]


def test_bank_routine_books_clearing(bench):
    assert bench.company.book_bank("2025-04-14", "In", "100", 1689) == "F 1"
    bench.company.book_bank("2025-04-14", "Ut", "-40", 6570)
    assert [bench.company.account_balance(account) for account in (1930, 1689, 6570)] == [60, -100, 40]


@pytest.mark.parametrize(("day", "ids"), [("2025-06-30", [2]), ("2030-01-01", [])])
def test_year_is_found_by_date(bench, day, ids):
    assert [year["Id"] for year in bench.get(f"/3/financialyears?date={day}").json["FinancialYears"]] == ids


def test_all_years_without_date(bench):
    assert len(bench.get("/3/financialyears").json["FinancialYears"]) == 3
    assert bench.get("/3/financialyears?date=soon").code == 2000588


def test_accounts_belong_to_years(bench):
    row = bench.get("/3/accounts?financialyear=1&limit=1").json["Accounts"][0]
    assert (row["Number"], row["Year"]) == (1510, 1)
    assert "QuantitySettings" in bench.get("/3/accounts/1510").json["Account"]
    assert bench.get("/3/accounts/1111").status == 404


def test_predefined_accounts_are_named(bench):
    assert bench.get("/3/predefinedaccounts/CUSTCLAIM").json["PreDefinedAccount"]["Account"] == 1510
    assert bench.get("/3/predefinedaccounts/NOTHING").json["ErrorInformation"]["Code"] == 2001403


def test_series_tell_next_number(bench):
    bench.voucher(*SETTLED)
    series = bench.get("/3/voucherseries/A").json["VoucherSeries"]
    assert (series["NextVoucherNumber"], series["Manual"]) == (2, True)
    assert bench.get("/3/voucherseries/Z").status == 404


def test_database_number_changes_type(bench):
    assert bench.get("/3/companyinformation").json["CompanyInformation"]["DatabaseNumber"] == 1001
    assert bench.get("/3/settings/company").json["CompanySettings"]["DatabaseNumber"] == "1001"


def test_label_description_is_short(bench):
    assert bench.call("POST", "/3/labels", {"Label": {"Description": "x" * 26}}).code == 2000107
    assert bench.call("POST", "/3/labels", {"Label": {"Description": "x" * 25}}).status == 201
    assert bench.get("/3/labels").json["Labels"] == [{"Id": 1, "Description": "x" * 25}]


def test_file_is_stored_whole(bench):
    content = b"%PDF-1.4\r\n\x00\xff binary"
    row = bench.upload(content).json["File"]
    assert (row["Name"], row["Size"]) == ("avrakning.pdf", len(content))
    assert bench.get(f"/3/inbox/{row['Id']}").body == content
    assert [found["Id"] for found in bench.get("/3/inbox/inbox_v").json["Folder"]["Files"]] == [row["Id"]]


def test_unknown_folder_is_refused(bench):
    assert bench.upload(path="Inbox_x").status == 400
    assert bench.get("/3/inbox?path=inbox_x").status == 404


def test_json_is_no_upload(bench):
    assert bench.call("POST", "/3/inbox?path=inbox_v", {"file": "x"}).code == 2001392


def test_file_is_connected_once(bench):
    bench.voucher(*SETTLED)
    file_id = bench.upload().json["File"]["Id"]
    assert [connect(bench, file_id).status for _ in range(2)] == [201, 400]
    rows = bench.get("/3/voucherfileconnections?voucherseries=A&vouchernumber=1").json["VoucherFileConnections"]
    assert [row["FileId"] for row in rows] == [file_id]


def test_connection_needs_both_ends(bench):
    assert connect(bench, "no-such-file").status == 404
    assert connect(bench, bench.upload().json["File"]["Id"]).status == 400


def attach(bench, **changes):
    item = {"entityId": 1, "entityType": "F", "fileId": "", "includeOnSend": False, **changes}
    return bench.call("POST", "/api/fileattachments/attachments-v1", [item])


def test_file_is_attached_to_invoice(bench):
    number, file_id = bench.invoice(), bench.upload(path="Inbox_kf").json["File"]["Id"]
    assert attach(bench, fileId=file_id).status == 201
    rows = bench.get(f"/api/fileattachments/attachments-v1?entityid={number}&entitytype=F").json
    assert [row["fileId"] for row in rows] == [file_id]


def test_attachment_answer_is_switch(tmp_path):
    bench = Bench(tmp_path, attachments_as_list=False)
    bench.invoice()
    assert attach(bench, fileId=bench.upload().json["File"]["Id"]).json["entityType"] == "F"


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [({"fileId": "x"}, 404, "file_not_found"), ({"entityId": 9}, 404, "document_not_found"), ({"size": 1}, 400, "field_not_writable")],
)
def test_attachment_errors_are_words(bench, changes, status, error):
    bench.invoice()
    reply = attach(bench, **changes)
    assert (reply.status, reply.json["error"], set(reply.json)) == (status, error, {"error", "id", "message"})


def test_state_is_plain_json(bench, tmp_path):
    bench.voucher(*SETTLED)
    connect(bench, bench.upload().json["File"]["Id"])
    bench.company.pay_invoice(bench.invoice(), "0.50", on="2025-04-01")
    state = json.loads(bench.sim.write_state(tmp_path / "out").read_text(encoding="utf-8"))["companies"]["1001"]
    assert state == bench.company.state()
    assert (state["name"], len(state["vouchers"]), state["files"][0]["Voucher"]) == ("Snickarna AB", 3, "A 1")


def booked_days(bench):
    bench.login()
    bench.get("/3/customers")
    return [voucher["TransactionDate"] for voucher in bench.company.state()["vouchers"]]


def test_bank_is_booked_day_by_day(bench):
    bench.company.bank_booked_until = date(2025, 4, 10)
    first = ["2025-04-11", "2025-04-14"]
    assert booked_days(bench) == booked_days(bench) == first
    bench.clock.advance(7 * 86_400)  # over Easter
    assert booked_days(bench) == [*first, "2025-04-15", "2025-04-16", "2025-04-17"]


def test_bank_is_not_booked_unasked(bench):
    assert booked_days(bench) == []
