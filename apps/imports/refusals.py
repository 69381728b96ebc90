"""What can be wrong with a file that comes in, each with what to do about it. No sentence repeats a cell."""

from django.utils.translation import gettext_lazy as _

from apps.core.errors import explain

explain(
    import_file_missing=_("There is no file {file}."),
    import_no_rows=_("The file has a header and no rows."),
    import_cutover_in_future=_("The cut-over {cutover} lies after the open business day {today}."),
    import_running=_("Another import is running. Wait until it is over."),
    import_faults=_("Nothing was imported: {total} cells are wrong."),
)

explain(
    import_column_twice=_("Column {column} stands in the header twice. Keep one."),
    import_column_unknown=_("Column {column} is not in the mapping. Add it there, or remove it here."),
    import_column_missing=_("Column {column} is missing from the header."),
    import_row_length=_("The row has {found} cells, the header {expected}. Look for a comma outside quotes."),
    import_column_unnamed=_("A column has no name in the first row. Name it or remove it."),
    import_header_missing=_("The first row is not a header. Put the names of the columns there."),
    import_row_refused=_("The database refused the row ({reason}). Ask whoever looks after the system."),
)

explain(
    import_value_missing=_("The cell is empty. Fill it in."),
    import_value_unknown=_("This is not a known value. Write one of: {allowed}."),
    import_full_width=_("The cell has full-width characters. Type digits and letters half-width."),
    import_control_character=_("The cell has a line break or another control character. Remove it."),
    import_text_too_long=_("The text has more than {longest} characters."),
    import_not_a_period=_("This is not a period. Write 20Y (years), 60A (to that age), O (for life) or S (single)."),
    import_date_style=_("This is not a date in the style of this column. Write it like {example}."),
    import_no_such_day=_("There is no such day in the calendar."),
    import_not_an_amount=_("This is not an amount. Write it like 1234.50, without separators or currency."),
    import_amount_zero=_("The amount must be above zero."),
    import_not_a_share=_("This is not a share. Write a fraction above 0 and up to 1, like 0.5."),
    import_not_a_whole_number=_("Write a whole number from {lowest} to {highest}."),
)

explain(
    import_product_unknown=_("There is no product of this code. Load it first."),
    import_product_too_new=_("The product has no version for a contract that began on this day."),
    import_branch_unknown=_("There is no branch of this code, or it is outside your area."),
    import_agent_unknown=_("There is no agent of this code."),
    import_disagrees_with_id=_("This does not agree with the ID number."),
    import_identity_of_another=_("Another customer, of another name or birth date, has this document."),
    import_key_twice=_("This row has the same key as row {first}."),
    import_number_twice=_("This policy number stands in row {first} already."),
    import_number_taken=_("A policy of this number is here already, from another book."),
)

explain(
    import_before_start=_("The date lies before the contract begins ({start})."),
    import_born_after_start=_("The birth date lies after the contract began ({start})."),
    import_premium_outlasts_cover=_("Premiums would be due beyond the end of cover ({end})."),
    import_paid_beyond_end=_("Premium is paid beyond the end of the premium term ({end})."),
    import_not_a_due_date=_("Paid-to must be a due date, counted from the start of the contract ({start})."),
    import_end_unexplained=_("A policy that has ended needs the day and the reason."),
    import_not_ended=_("The policy has not ended. Leave the cell empty, or correct the status."),
    import_after_cutover=_("The date lies after the cut-over ({cutover})."),
    import_in_effect_already=_("The contract begins on or before the cut-over ({cutover}), so it is in effect."),
    import_past_its_end=_(
        "Cover ended by the cut-over ({cutover}). Give the status TERMINATED, the day and the reason."
    ),
    import_not_suspended=_("The policy is not suspended. Leave the cell empty, or correct the status."),
    import_suspended_before_due=_("Suspension cannot begin before premium was due ({due})."),
    import_suspended_though_paid=_("Nothing is owed on this policy, so it is not suspended for non-payment."),
)

explain(
    import_not_mapped=_("The columns have no meaning yet. Map them first."),
    import_mapping_does_not_fit=_("The mapping {mapping} is for other columns than those of this file."),
    import_must_be_checked=_("The file must be checked before it is imported."),
    import_has_faults=_("Cells are wrong: correct them, or import row by row."),
    import_beside=_("Stands beside the cell above. Whoever or whatever should not be there is emptied whole."),
    import_nothing_wrong=_("No cell is known to be wrong."),
    import_at_work=_("A worker is at it. Wait, or stop it first."),
    import_ended=_("This import is over."),
    import_content_gone=_("The content of this file was removed on {day}. Upload the file again."),
    import_no_such_cell=_("There is no cell {row}:{column} in this file."),
    import_value_too_long=_("A cell holds at most {longest} characters."),
    import_mapping_two_columns=_("{field} is taken from two columns: {first} and {second}. Choose one."),
    import_mapping_key_missing=_("Say which column tells the rows apart."),
)
