"""Sign-in, users, credits and erasure."""

from __future__ import annotations

from datetime import timedelta

import httpx2
from dependency_injector import providers

from adapters.cached_verifier import CachedVerifier
from adapters.clerk import ClerkKeys, ClerkTokenVerifier, SvixDeliveryReader
from adapters.development_issuer import DevelopmentIssuer
from adapters.files import StoredPersonalFiles
from adapters.postgres.accounts import PostgresCreditReader, PostgresExpiredHolds
from adapters.postgres.credit_resets import PostgresCreditResets
from adapters.postgres.deliveries import PostgresFailedDeliveries
from adapters.postgres.erasures import PostgresPendingErasures
from adapters.postgres.personal_data import PostgresPersonalData, PostgresPersonalRecords
from application.accounts import (
    Accounts,
    AdjustCredits,
    ChargeCredits,
    EraseAccount,
    ExportAccount,
    HoldCredits,
    ReceiveUserEvent,
    RefundCharge,
    RequestErasure,
    ResetCredits,
    SignIn,
    SweepErasures,
    UpdatePreferences,
)
from entrypoints.bootstrap.platform import PlatformContainer
from entrypoints.settings import Settings

_ERASURE_LOST_AFTER = timedelta(minutes=10)
"""How long an erasure may take before it is asked for again: as long as a job may."""

_RESET_BATCH = 2_000
"""Users; a tenth of a second or two, for which a spend of one of them waits."""


def _issuer(settings: Settings) -> str:
    return "development" if settings.clerk_issuer is None else "clerk"


def _delivery_reader(settings: Settings) -> SvixDeliveryReader | None:
    return SvixDeliveryReader(settings.clerk_webhook_secrets) if settings.clerk_webhook_secrets else None


class AccountsContainer(PlatformContainer):
    """Sign-in, users, credits, erasure."""

    development_issuer = providers.Singleton(
        DevelopmentIssuer, PlatformContainer.settings.provided.issuer_dir, clock=PlatformContainer.clock
    )
    clerk_http = providers.Singleton(httpx2.AsyncClient)
    clerk_keys = providers.Singleton(ClerkKeys, PlatformContainer.settings.provided.clerk_keys_url, clerk_http)
    clerk_verifier = providers.Singleton(
        ClerkTokenVerifier,
        clerk_keys,
        issuer=PlatformContainer.settings.provided.clerk_issuer,
        parties=PlatformContainer.settings.provided.clerk_authorized_parties,
        clock=PlatformContainer.clock,
    )
    issuer = providers.Callable(_issuer, PlatformContainer.settings)
    sign_in_keys = providers.Selector(issuer, clerk=clerk_keys, development=providers.Object(None))
    verifier = providers.Singleton(
        CachedVerifier,
        providers.Selector(issuer, clerk=clerk_verifier, development=development_issuer),
        clock=PlatformContainer.clock,
    )
    delivery_reader = providers.Singleton(_delivery_reader, PlatformContainer.settings)
    failed_deliveries = providers.Singleton(PostgresFailedDeliveries, PlatformContainer.transactions)
    credit_reader = providers.Singleton(PostgresCreditReader, PlatformContainer.transactions)
    expired_holds = providers.Singleton(PostgresExpiredHolds, PlatformContainer.transactions)
    credit_resets = providers.Singleton(PostgresCreditResets, PlatformContainer.transactions)
    pending_erasures = providers.Singleton(PostgresPendingErasures, PlatformContainer.transactions)
    personal_rows = providers.Singleton(PostgresPersonalData, PlatformContainer.transactions)
    personal_records = providers.Singleton(PostgresPersonalRecords, PlatformContainer.transactions)
    personal_files = providers.Singleton(StoredPersonalFiles, PlatformContainer.files)
    allowance = PlatformContainer.settings.provided.monthly_allowance
    hold = providers.Singleton(
        HoldCredits,
        uow=PlatformContainer.uow,
        alerts=PlatformContainer.alerts,
        clock=PlatformContainer.clock,
        new_id=PlatformContainer.new_id,
        lifetime=providers.Factory(timedelta, seconds=PlatformContainer.settings.provided.hold_lifetime_seconds),
    )
    request_erasure = providers.Singleton(
        RequestErasure, uow=PlatformContainer.uow, jobs=PlatformContainer.jobs, clock=PlatformContainer.clock
    )
    accounts = providers.Singleton(
        Accounts,
        sign_in=providers.Singleton(
            SignIn, uow=PlatformContainer.uow, verifier=verifier, clock=PlatformContainer.clock, allowance=allowance
        ),
        sign_in_keys=sign_in_keys,
        receive_user_event=providers.Singleton(
            ReceiveUserEvent,
            uow=PlatformContainer.uow,
            failures=failed_deliveries,
            jobs=PlatformContainer.jobs,
            clock=PlatformContainer.clock,
            allowance=allowance,
        ),
        delivery_reader=delivery_reader,
        update_preferences=providers.Singleton(UpdatePreferences, uow=PlatformContainer.uow),
        hold=hold,
        credits=credit_reader,
        expired_holds=expired_holds,
        charge=providers.Singleton(
            ChargeCredits, uow=PlatformContainer.uow, clock=PlatformContainer.clock, new_id=PlatformContainer.new_id
        ),
        refund=providers.Singleton(
            RefundCharge, uow=PlatformContainer.uow, clock=PlatformContainer.clock, new_id=PlatformContainer.new_id
        ),
        adjust_credits=providers.Singleton(
            AdjustCredits, uow=PlatformContainer.uow, clock=PlatformContainer.clock, new_id=PlatformContainer.new_id
        ),
        request_erasure=request_erasure,
        erase_account=providers.Singleton(
            EraseAccount,
            uow=PlatformContainer.uow,
            stores=providers.List(personal_rows, personal_files),
            clock=PlatformContainer.clock,
        ),
        sweep_erasures=providers.Singleton(
            SweepErasures,
            pending=pending_erasures,
            jobs=PlatformContainer.jobs,
            clock=PlatformContainer.clock,
            patience=_ERASURE_LOST_AFTER,
        ),
        export_account=providers.Singleton(
            ExportAccount, uow=PlatformContainer.uow, records=personal_records, files=personal_files
        ),
        reset_credits=providers.Singleton(
            ResetCredits,
            resets=credit_resets,
            ticks=PlatformContainer.ticks,
            clock=PlatformContainer.clock,
            allowance=allowance,
            batch_size=_RESET_BATCH,
        ),
        allowance=allowance,
    )
