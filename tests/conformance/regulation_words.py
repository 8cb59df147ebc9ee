"""Other words of the worked examples for what the library names in one way."""

from __future__ import annotations

OURS = {
    "acknowledgment_on": "acknowledged_on",
    "acknowledgement_on": "acknowledged_on",
    "acknowledged_at": "acknowledged_on",
    "contract": "contract_form",
    "form_of_contract": "contract_form",
    "governing_state": "limitation_state",
    "state": "limitation_state",
    "accrual_date": "accrued_on",
    "default_date": "default_on",
    "paid_on": "last_payment_on",
    "payment_on": "last_payment_on",
    "demand_on": "demanded_on",
    "last_demand_on": "demanded_on",
    "written_demand_on": "demanded_on",
    "payment_signed_writing": "payment_in_signed_writing",
    "signed_payment_writing": "payment_in_signed_writing",
    "payment_in_writing": "payment_in_signed_writing",
    "info_received_on": "information_received_on",
    "info_requested_on": "information_requested_on",
    "extended": "additional_information_received",
    "more_information_received": "additional_information_received",
    "additional_information": "additional_information_received",
    "reinitiation_authorised": "reinitiation_authorized",
    "partial_payment": "part_payment",
    "claim": "principal",
    "claim_amount": "principal",
    "base_fee": "full_fee",
    "rvg_fee": "full_fee",
    "table_fee": "full_fee",
    "lawyer_fee": "full_fee",
    "unit_fee": "full_fee",
    "fee_1_0": "full_fee",
    "paid_on_first_letter": "paid_after_first_letter",
    "special_case": "special",
    "difficult": "special",
    "capitalized": "capitalised",
    "capitalisation": "capitalised",
    "interest_on_charge": "capitalised",
    "as_interest": "added_to_rate",
    "added_to_interest": "added_to_rate",
    "actual_cost": "cost",
    "reasonable_cost": "cost",
    "cap": "disclosed_cap",
    "cap_disclosed": "disclosed_cap",
}
"""Other words of the examples for facts that the library names in one way."""

FORMS = {
    "promissory_note": "note",
    "open_account": "open",
    "revolving": "open",
    "signed_contract": "written",
    "written_contract": "written",
}
"""Other words for forms of a contract."""

DEMANDS = frozenset({"demand", "payment_demand", "demand_sent", "written_demand_sent"})
"""Events that are a written demand, whatever else they are."""
