"""The tables of the members' area, by what they tell of: the roster and its imports, the life of a membership, what is owed, what came in."""

from unionops.members.models.arrears import DunningRun
from unionops.members.models.collecting import (
    Allocation,
    CashCount,
    CheckoffLine,
    CheckoffList,
    EmployerTerms,
    Payment,
    Receipt,
    Statement,
    StatementLine,
)
from unionops.members.models.dues import Adjustment, BillRun, Charge, Exemption, Instalment, InstalmentPlan, Scheme, SchemeTerms
from unionops.members.models.life import (
    FORMER_ID_PLACE,
    Absence,
    Application,
    Dunning,
    Erasure,
    FormerIdentity,
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
    "ACCOUNT_PLACE", "FORMER_ID_PLACE", "ID_PLACE", "Absence", "Adjustment", "Allocation", "Application", "BillRun", "CashCount", "Charge", "CheckoffLine",
    "CheckoffList", "ClassStay", "Consent", "CustomField", "CustomValue", "Dependant", "Dunning", "DunningRun", "EmergencyContact", "Employer", "EmployerTerms",
    "Employment", "Erasure", "Exemption", "FormerIdentity", "ImportChange", "Instalment", "InstalmentPlan", "Leaving", "MappingMemory", "Measure", "Membership", "Note",
    "Payment", "Person", "Prospect", "Receipt", "Retained", "RollCheck", "RollDoubt", "RosterFile", "RosterImport",
    "RosterPreview", "SavedView", "Scheme", "SchemeTerms", "Statement", "StatementLine", "Unit", "UnitStay", "WageBase", "Workplace",
]
