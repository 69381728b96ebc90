from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class DocumentStatus(TextChoices):
    """文件状态: what comes in is in quarantine until the scanner has seen it (P63)."""

    QUARANTINED = "QUARANTINED", _("In quarantine")
    RELEASED = "RELEASED", _("Available")
    REFUSED = "REFUSED", _("Harmful, removed")


class Origin(TextChoices):
    """文件来源."""

    UPLOADED = "uploaded", _("Handed in")
    RENDERED = "rendered", _("Written by us")


class DocumentKind(TextChoices):
    """文件种类: the materials endorsements ask for, under the codes of their catalogue, and what we write."""

    APPLICATION_FORM = "application_form", _("Application for a change")
    APPLICANT_ID = "applicant_id", _("Applicant's identity document")
    POLICY_DOCUMENT = "policy_document", _("Original of the policy")
    POLICY_CONTRACT = "policy_contract", _("Insurance contract")
    AGENT_AUTHORISATION = "agent_authorisation", _("Letter of authority")
    AGENT_ID = "agent_id", _("Identity document of the authorised person")
    GUARDIAN_ID = "guardian_id", _("Guardian's identity document")
    GUARDIAN_RELATION_PROOF = "guardian_relation_proof", _("Proof of guardianship")
    AML_ID_COPIES = "aml_id_copies", _("Identity papers against money laundering")
    MEDICAL_EXAM = "medical_exam", _("Medical examination")
    HEALTH_STATEMENT = "health_statement", _("Statement of health")
    FINANCIAL_PROOF = "financial_proof", _("Proof of income or assets")
    IDS_INCL_BENEFICIARY = "ids_incl_beneficiary", _("Identity documents, those of beneficiaries too")
    RELATION_PROOF = "relation_proof", _("Proof of relationship")
    INSURED_CONSENT_SIGNED = "insured_consent_signed", _("Insured's signed consent")
    BANK_CARD_SAME_NAME = "bank_card_same_name", _("Bank card in the same name")
    DEBIT_AUTHORISATION = "debit_authorisation", _("Direct debit authorisation")
    HOLDER_BANK_ACCOUNT = "holder_bank_account", _("Policyholder's bank account")
    BIRTH_PROOF = "birth_proof", _("Proof of birth")
    ID_CORRECTION_PROOF = "id_correction_proof", _("Proof of corrected identity data")
    SURRENDER_LOSS_ACKNOWLEDGEMENT = "surrender_loss_acknowledgement", _("Acknowledgement of the loss at surrender")
    REVERSAL_REASON = "reversal_reason", _("Grounds for undoing a change")
    OTHER = "other", _("Other paper")
    ENDORSEMENT_SLIP = "endorsement_slip", _("Endorsement slip")
    LETTER = "letter", _("Letter")


def kinds() -> list[tuple[str, str | Promise]]:
    """The choices of a kind, asked for when needed: another material is no change of the table."""
    return [(kind.value, kind.label) for kind in DocumentKind]


HEALTH = (DocumentKind.HEALTH_STATEMENT, DocumentKind.MEDICAL_EXAM)
"""Read by those only who may read health data 健康类."""

WRITTEN_BY_US = (DocumentKind.ENDORSEMENT_SLIP, DocumentKind.LETTER)


class MediaType(TextChoices):
    """What is kept and served; everything that comes in is remade as one of these."""

    JPEG = "image/jpeg", "JPEG"
    PNG = "image/png", "PNG"
    PDF = "application/pdf", "PDF"
