"""The catalogue of problems 错误目录: each code with its status, its title, and what a developer does about it.

Only codes the API can answer today; a resource that can answer more adds them here.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Kind:
    """One code: ``title`` says what is wrong, ``advice`` what to do about it."""

    status: int
    title: str | Promise
    advice: str | Promise


CODES: dict[str, Kind] = {
    # 400: the request cannot be read
    "malformed_json": Kind(
        400,
        _("The body is not JSON we can read"),
        _("Send one JSON object in UTF-8, not nested deeper than 20 levels."),
    ),
    "unknown_field": Kind(
        400,
        _("The body has a field we do not know"),
        _("Remove the fields named in errors, or correct their spelling."),
    ),
    "read_only_field": Kind(
        400, _("The body has a field that only we write"), _("Remove the fields named in errors; nothing was changed.")
    ),
    "unknown_parameter": Kind(
        400,
        _("The address has a parameter we do not know"),
        _("Parameters are never ignored: remove it, or correct its spelling."),
    ),
    "invalid_parameter": Kind(
        400, _("A parameter or header has a wrong value"), _("The specification says which values are possible.")
    ),
    "invalid_cursor": Kind(
        400,
        _("This cursor belongs to another query"),
        _("Follow the next link as it is. With other filters, another order or another key begin at the first page."),
    ),
    "limit_too_large": Kind(400, _("A page has at most 200 rows"), _("Ask for less and follow the next link.")),
    "bad_request": Kind(400, _("This request cannot be read"), _("Check the address and the headers.")),
    "idempotency_key_required": Kind(
        400,
        _("This call needs an Idempotency-Key"),
        _("Make a new key for each thing you want done, keep it, and send it again when you repeat the call."),
    ),
    "idempotency_key_invalid": Kind(
        400, _("This Idempotency-Key cannot be used"), _("A key has 1 to 255 visible ASCII characters; a UUID is best.")
    ),
    "version_header_invalid": Kind(
        400,
        _("There is no such version of the API"),
        _("Send a date the specification lists, or leave the header out."),
    ),
    # 401, 403: who, and what he may
    "authentication_required": Kind(
        401, _("This call needs an API key"), _("Send the header Authorization: Bearer, followed by your key.")
    ),
    "token_invalid": Kind(
        401, _("This API key is not valid"), _("It is mistyped, was revoked, or its owner has left. Ask for a new one.")
    ),
    "token_expired": Kind(401, _("This API key has expired"), _("Ask for a new key; two may be valid at a time.")),
    "csrf_failed": Kind(
        403, _("The form was open too long or came from elsewhere"), _("A browser session sends the CSRF token along.")
    ),
    "permission_denied": Kind(
        403, _("Your role does not allow this"), _("The role behind the key or the session lacks the permission.")
    ),
    "scope_missing": Kind(
        403, _("The API key lacks the scope for this"), _("Ask for a key with the scope the operation names.")
    ),
    "ip_not_allowed": Kind(
        403, _("The API key is not valid from this address"), _("Call from an address on the key's list.")
    ),
    "human_only_action": Kind(
        403, _("Only a person may do this"), _("Approvals and confirmations are made by people, never with a key.")
    ),
    "separation_of_duties": Kind(
        403, _("Another person must do this"), _("Who entered something may not confirm it, whichever way he comes in.")
    ),
    "unmask_quota_exceeded": Kind(
        403, _("The quota of customer data in full is used up for today"), _("Ask masked, or tomorrow.")
    ),
    # 404 to 415: the address and the form of the request
    "not_found": Kind(
        404,
        _("There is nothing here, or it is outside your area"),
        _("Ids of other areas and ids that do not exist answer alike."),
    ),
    "method_not_allowed": Kind(
        405, _("This address does not take this method"), _("The header Allow names those it takes.")
    ),
    "not_acceptable": Kind(406, _("We answer in JSON only"), _("Send Accept: application/json, or leave it out.")),
    "idempotency_in_flight": Kind(
        409,
        _("The same call is still being worked on"),
        _("Wait as long as Retry-After says, and repeat it with the same key."),
    ),
    "state_conflict": Kind(
        409,
        _("This is not possible in the present state"),
        _("Read the object again: available_actions says what is possible now."),
    ),
    "object_locked": Kind(
        409, _("Somebody else is working on this record at this moment"), _("Repeat the call as Retry-After says.")
    ),
    "duplicate_payment": Kind(
        409, _("This payment is entered already"), _("Look the transaction number up among the receipts.")
    ),
    "duplicate_record": Kind(409, _("There is such a record already"), _("Look it up and use it.")),
    "quote_changed": Kind(
        409,
        _("The result has changed since it was shown"),
        _("Quote again, look at the new result, and send its digest."),
    ),
    "cursor_expired": Kind(410, _("This cursor is older than a day"), _("Begin at the first page.")),
    "precondition_failed": Kind(
        412,
        _("The object was changed after you read it"),
        _("Read it again, check, and send the new ETag in If-Match."),
    ),
    "body_too_large": Kind(413, _("The body is larger than 1 MB"), _("Send less at a time.")),
    "unsupported_media_type": Kind(415, _("We read JSON only"), _("Send Content-Type: application/json, in UTF-8.")),
    # 422: understood, and refused
    "validation_failed": Kind(
        422, _("The input is not right"), _("Each entry of errors points to the field and says what is wrong with it.")
    ),
    "business_rule_refused": Kind(
        422, _("A rule does not allow this"), _("Each entry of errors has the code of a rule and its sentence.")
    ),
    "idempotency_key_reused": Kind(
        422,
        _("This Idempotency-Key was already used for another request"),
        _("A key belongs to one method, path and body. Make a new one."),
    ),
    "precondition_required": Kind(
        428, _("This call needs If-Match"), _("Send the ETag of the representation your decision is based on.")
    ),
    # 429 and beyond: not now
    "rate_limited": Kind(
        429, _("Too many calls"), _("Wait as long as Retry-After says. RateLimit-Remaining tells how many are left.")
    ),
    "internal_error": Kind(
        500,
        _("Something broke on our side"),
        _("Nothing was changed. Repeat the call with the same key; if it stays, tell us the request id."),
    ),
    "temporarily_unavailable": Kind(503, _("Not possible at this moment"), _("Repeat the call as Retry-After says.")),
}
