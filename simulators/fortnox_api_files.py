"""The Fortnox simulator's inbox, voucher file connections and invoice attachments over HTTP."""

from __future__ import annotations

from typing import Any

from simulators import fortnox_chart as chart
from simulators.fortnox_fields import FILE_CONNECTION, checked, required
from simulators.fortnox_routes import Call, Route, one
from simulators.fortnox_wire import Answer, created, json_answer, paged, uploaded_file, url
from simulators.fortnox_world import Json, RefusedError

NO_FILE = (2000729, "Kan inte hitta filen.")
ALREADY_CONNECTED = 2999022
ENTITY_TYPES = frozenset({"OF", "O", "F", "C", "LGR_IO", "LGR_IG"})


def post_file(call: Call) -> Answer:
    """POST /3/inbox?path=Inbox_v: a multipart upload into one of the static folders."""
    call.allow("path", "folderId")
    folder = (call.request.query.get("path") or call.request.query.get("folderId") or "").lower()
    if folder not in chart.INBOX_FOLDERS:
        raise RefusedError(2000588, "Kan inte hitta mappen.")
    name, content = uploaded_file(call.request)
    company = call.company
    number = call.world.uuid("file", company.database_number, len(company.files))
    row: Json = {
        "@url": url("inbox", number),
        "ArchiveFileId": None,
        "Comments": None,
        "Id": number,
        "Name": name,
        "Path": folder,
        "Size": len(content),
    }
    company.files[number] = row
    company.contents[number] = content
    return created("File", row, "inbox")


def list_inbox(call: Call) -> Answer:
    """GET /3/inbox, the root with its static folders; with ?path= one folder's files."""
    call.allow("path")
    path = call.request.query.get("path", "").lower()
    if path:
        return _folder(call, path)
    folders = [{"@url": url("inbox", number), "Id": number, "Name": name} for number, name in chart.INBOX_FOLDERS.items()]
    return json_answer({"Folder": {"@url": url("inbox"), "Email": "", "Files": [], "Folders": folders, "Id": "root", "Name": "root"}})


def get_file(call: Call) -> Answer:
    """GET /3/inbox/{id} and /3/archive/{id}: a file's bytes; an inbox folder's id gives its listing."""
    number = call.request.query.get("fileid") or call.args[0]
    if number in chart.INBOX_FOLDERS:
        return _folder(call, number)
    row = one(list(call.company.files.values()), "Id", number, NO_FILE)
    kind = "application/pdf" if row["Name"].lower().endswith(".pdf") else "application/octet-stream"
    return Answer(200, call.company.contents[number], kind)


def _folder(call: Call, path: str) -> Answer:
    if path not in chart.INBOX_FOLDERS:
        raise RefusedError(*NO_FILE, 404)
    files = [row for row in call.company.files.values() if row["Path"] == path]
    name = chart.INBOX_FOLDERS[path]
    return json_answer({"Folder": {"@url": url("inbox", path), "Email": "", "Files": files, "Folders": [], "Id": path, "Name": name}})


def list_connections(call: Call) -> Answer:
    """GET /3/voucherfileconnections."""
    searches = {
        "vouchernumber": "VoucherNumber",
        "voucherseries": "VoucherSeries",
        "voucheryear": "VoucherYear",
        "voucherdescription": "VoucherDescription",
    }
    call.allow(*searches)
    asked = {key: call.request.query[name] for name, key in searches.items() if name in call.request.query}
    rows = [row for row in call.company.connections if all(str(row[key]) == value for key, value in asked.items())]
    return paged(call.request, "VoucherFileConnections", rows)


def get_connection(call: Call) -> Answer:
    """GET /3/voucherfileconnections/{fileId}."""
    return json_answer({"VoucherFileConnection": one(call.company.connections, "FileId", call.args[0], NO_FILE)})


def post_connection(call: Call) -> Answer:
    """POST /3/voucherfileconnections: a file to a voucher, by series, number (text here) and year id."""
    body = call.request.envelope("VoucherFileConnection")
    given = checked(body, FILE_CONNECTION, frozenset({"@url"}), call.switches)
    required(given, "FileId", "VoucherSeries", "VoucherNumber")
    company = call.company
    one(list(company.files.values()), "Id", given["FileId"], NO_FILE)
    if any(row["FileId"] == given["FileId"] for row in company.connections):
        raise RefusedError(ALREADY_CONNECTED, "Filen är redan kopplad.")
    year_id = given.get("VoucherYear") or company.books.preselected_year()
    number = given["VoucherNumber"]
    voucher = company.books.find_voucher(given["VoucherSeries"], int(number) if number.isdigit() else 0, year_id)
    if voucher is None:
        raise RefusedError(2000729, "Kan inte hitta verifikatet.")
    row = {
        "@url": url("voucherfileconnections", given["FileId"]),
        "FileId": given["FileId"],
        "VoucherDescription": voucher["Description"],
        "VoucherNumber": number,
        "VoucherSeries": given["VoucherSeries"],
        "VoucherYear": year_id,
    }
    company.connections.append(row)
    return created("VoucherFileConnection", row, "voucherfileconnections")


def post_attachments(call: Call) -> Answer:
    """POST /api/fileattachments/attachments-v1: a list of files to put on invoices."""
    parsed = call.request.parsed()
    if not isinstance(parsed, list) or not parsed:
        raise RefusedError("no_attachment_provided", "No attachment provided")
    rows = [_attachment(call, item, index) for index, item in enumerate(parsed)]
    call.company.attachments.extend(rows)
    return _attachments(call, rows, 201)


def _attachment(call: Call, item: Any, index: int) -> Json:
    known = ("entityId", "entityType", "fileId", "includeOnSend")
    if not isinstance(item, dict) or not {"entityId", "entityType", "fileId"} <= set(item) or item["entityType"] not in ENTITY_TYPES:
        raise RefusedError("missing_mandatory_field", "Missing mandatory field")
    if set(item) - {*known, "id"}:
        raise RefusedError("field_not_writable", "Field not writable")
    if item["entityType"] == "F" and str(item["entityId"]) not in call.company.invoicing.records:
        raise RefusedError("document_not_found", "Document not found", 404)
    if item["fileId"] not in call.company.files:
        raise RefusedError("file_not_found", "File not found", 404)
    number = call.world.uuid("attachment", call.company.database_number, len(call.company.attachments) + index)
    return {"id": number, "includeOnSend": False, **{name: item[name] for name in known if name in item}}


def list_attachments(call: Call) -> Answer:
    """GET /api/fileattachments/attachments-v1?entityid=&entitytype=F."""
    query = call.request.query
    wanted = [
        (str(row["entityId"]), row["entityType"]) == (query.get("entityid"), query.get("entitytype")) for row in call.company.attachments
    ]
    return _attachments(call, [row for row, hit in zip(call.company.attachments, wanted, strict=True) if hit], 200)


def _attachments(call: Call, rows: list[Json], status: int) -> Answer:
    single = not call.switches.attachments_as_list and len(rows) == 1
    return json_answer(rows[0] if single else rows, status)


ROUTES: list[Route] = [
    ("GET", r"/3/inbox", "inbox", list_inbox),
    ("POST", r"/3/inbox", "inbox", post_file),
    ("GET", r"/3/inbox/([^/]+)", "inbox", get_file),
    ("GET", r"/3/archive/([^/]+)", "archive", get_file),
    ("GET", r"/3/voucherfileconnections", "connectfile", list_connections),
    ("POST", r"/3/voucherfileconnections", "connectfile", post_connection),
    ("GET", r"/3/voucherfileconnections/([^/]+)", "connectfile", get_connection),
    ("GET", r"/api/fileattachments/attachments-v1", "connectfile", list_attachments),
    ("POST", r"/api/fileattachments/attachments-v1", "connectfile", post_attachments),
]
