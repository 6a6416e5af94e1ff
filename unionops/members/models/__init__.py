"""The tables of the members' area, by what they tell of: the roster and its imports, the life of a membership, what is owed, what came in."""

from unionops.members.models.arrears import DunningRun
from unionops.members.models.collecting import (
    Allocation,
    CashCount,
    CheckoffLine,
    CheckoffList,
    EmployerTerms,
    PayerAccount,
    Payment,
    Receipt,
    Statement,
    StatementLayout,
    StatementLine,
)
from unionops.members.models.debit import DebitLine, DebitMandate, DebitRun
from unionops.members.models.dues import (
    Adjustment,
    BillDraft,
    BillDraftLine,
    BillRun,
    Charge,
    Exemption,
    Instalment,
    InstalmentPlan,
    OpeningBatch,
    PaymentNumbering,
    Scheme,
    SchemeTerms,
)
from unionops.members.models.life import (
    FORMER_ID_PLACE,
    Absence,
    Application,
    Dunning,
    Erasure,
    FormerIdentity,
    JoiningForm,
    Leaving,
    Measure,
    Prospect,
    Retained,
    RollCheck,
    RollDoubt,
)
from unionops.members.models.roster import (
    ACCOUNT_PLACE,
    ID_PLACE,
    ClassStay,
    Consent,
    CustomField,
    CustomValue,
    Dependant,
    EmergencyContact,
    Employer,
    Employment,
    ImportChange,
    MappingMemory,
    Membership,
    Note,
    Person,
    RosterFile,
    RosterImport,
    RosterPreview,
    SavedView,
    Unit,
    UnitStay,
    WageBase,
    Workplace,
)

__all__ = [
    "ACCOUNT_PLACE", "FORMER_ID_PLACE", "ID_PLACE", "Absence", "Adjustment", "Allocation", "Application", "BillDraft", "BillDraftLine", "BillRun", "CashCount", "Charge", "CheckoffLine",
    "CheckoffList", "ClassStay", "Consent", "CustomField", "CustomValue", "DebitLine", "DebitMandate", "DebitRun", "Dependant", "Dunning", "DunningRun", "EmergencyContact", "Employer", "EmployerTerms",
    "Employment", "Erasure", "Exemption", "FormerIdentity", "ImportChange", "Instalment", "InstalmentPlan", "JoiningForm", "Leaving", "MappingMemory", "Measure", "Membership", "Note", "OpeningBatch",
    "PayerAccount", "Payment", "PaymentNumbering", "Person", "Prospect", "Receipt", "Retained", "RollCheck", "RollDoubt", "RosterFile", "RosterImport",
    "RosterPreview", "SavedView", "Scheme", "SchemeTerms", "Statement", "StatementLayout", "StatementLine", "Unit", "UnitStay", "WageBase", "Workplace",
]
