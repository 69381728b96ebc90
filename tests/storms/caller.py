"""A program that enters a receipt under one key, and dies in between: ``… DATABASE TOKEN POLICY KEY``.

Prints ``effect`` when the receipt is written and not committed yet, and then hangs; ``--through`` carries on.
"""

import os
import sys
import time

import django


def main(database: str, token: str, policy: str, key: str, hang: bool) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "policyops.settings")
    django.setup()
    from django.db import connection
    from django.test import Client

    from apps.billing import services
    from tests.billing.test_api import body_for
    from tests.conftest import become_app

    connection.settings_dict["NAME"] = database
    become_app(connection=connection)
    enter = services.key_receipt

    def enter_and_hang(*args, **kwargs):
        receipt = enter(*args, **kwargs)
        print("effect", flush=True)
        time.sleep(60 if hang else 0)
        return receipt

    services.key_receipt = enter_and_hang
    headers = {"authorization": f"Bearer {token}", "idempotency-key": key}
    client = Client(SERVER_NAME="localhost", headers=headers)
    answer = client.post("/api/v1/receipts", body_for(policy), content_type="application/json")
    print(answer.status_code, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:5], hang="--through" not in sys.argv)
