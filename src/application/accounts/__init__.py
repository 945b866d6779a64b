"""Signing in, preferences, and credits held and settled."""

from dataclasses import dataclass

from application.accounts.adjust_credits import AdjustCredits
from application.accounts.charge_credits import ChargeCredits
from application.accounts.deliveries import (
    Delivery,
    DeliveryLog,
    DeliveryReader,
    DeliveryRefused,
    FailedDeliveries,
    FailedDelivery,
    UnreadableEvent,
)
from application.accounts.erase_account import EraseAccount, StillThere
from application.accounts.export_account import ExportAccount, ExportPart
from application.accounts.hold_credits import HoldCredits, release, settle
from application.accounts.ports import (
    Alerts,
    CreditReader,
    CreditRepository,
    CreditResets,
    ErasureRepository,
    ExpiredHolds,
    PendingErasures,
    PersonalData,
    PersonalFiles,
    PersonalRecords,
    ResetBatch,
    TokenVerifier,
    UserRepository,
    VerifiedToken,
)
from application.accounts.receive_user_event import Outcome, ReceiveUserEvent
from application.accounts.refund_charge import RefundCharge, refund
from application.accounts.request_erasure import ERASE, RequestErasure, request_erasure
from application.accounts.reset_credits import RESET, ResetCredits
from application.accounts.sign_in import SignedIn, SignIn
from application.accounts.sweep_erasures import SweepErasures
from application.accounts.update_preferences import UpdatePreferences
from application.shared import Dependency

__all__ = [
    "ERASE",
    "RESET",
    "Accounts",
    "AdjustCredits",
    "Alerts",
    "ChargeCredits",
    "CreditReader",
    "CreditRepository",
    "CreditResets",
    "Delivery",
    "DeliveryLog",
    "DeliveryReader",
    "DeliveryRefused",
    "EraseAccount",
    "ErasureRepository",
    "ExpiredHolds",
    "ExportAccount",
    "ExportPart",
    "FailedDeliveries",
    "FailedDelivery",
    "HoldCredits",
    "Outcome",
    "PendingErasures",
    "PersonalData",
    "PersonalFiles",
    "PersonalRecords",
    "ReceiveUserEvent",
    "RefundCharge",
    "RequestErasure",
    "ResetBatch",
    "ResetCredits",
    "SignIn",
    "SignedIn",
    "StillThere",
    "SweepErasures",
    "TokenVerifier",
    "UnreadableEvent",
    "UpdatePreferences",
    "UserRepository",
    "VerifiedToken",
    "refund",
    "release",
    "request_erasure",
    "settle",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """What an entrypoint may do with accounts. `allowance` is the monthly grant, in credits.

    `delivery_reader` is None where webhooks cannot be proved, because there is no secret;
    `sign_in_keys` is None where the keys are our own.
    """

    sign_in: SignIn
    sign_in_keys: Dependency | None
    receive_user_event: ReceiveUserEvent
    delivery_reader: DeliveryReader | None
    update_preferences: UpdatePreferences
    hold: HoldCredits
    credits: CreditReader
    expired_holds: ExpiredHolds
    charge: ChargeCredits
    refund: RefundCharge
    adjust_credits: AdjustCredits
    request_erasure: RequestErasure
    erase_account: EraseAccount
    sweep_erasures: SweepErasures
    export_account: ExportAccount
    reset_credits: ResetCredits
    allowance: int
