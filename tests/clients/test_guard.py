"""The guard lets through what is on its list and nothing that looks like it."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from toolkit.clients.guard import check, is_override
from toolkit.errors import ReadOnlyRefused

ORG = "https://fernleigh.my.salesforce.com"
DEPLOYMENT = "https://fernleigh.api.accelo.com"
DATA = "/services/data/v68.0"
ID = "0015g0000000001AAA"
QUERY_JOB = json.dumps({"operation": "queryAll", "query": "SELECT Id FROM Account", "contentType": "CSV"})

READS = [
    ("GET", "/services/data/", None),
    ("GET", f"{DATA}/limits", None),
    ("GET", f"{DATA}/sobjects/Account/describe", None),
    ("GET", f"{DATA}/query/?q=SELECT+Id+FROM+Account", None),
    ("GET", f"{DATA}/queryAll?q=SELECT+Id", None),
    ("GET", f"{DATA}/query/0r8xx00000000aAAA-2000", None),
    ("GET", f"{DATA}/sobjects/Account/{ID}?fields=Name", None),
    ("GET", f"{DATA}/sobjects/Contact/deleted/?start=a&end=b", None),
    ("POST", f"{DATA}/jobs/query", QUERY_JOB),
    ("GET", f"{DATA}/jobs/query/7505g0000000001AAA", None),
    ("GET", "/services/oauth2/userinfo", None),
    ("GET", f"{DATA}/jobs/query/7505g0000000001AAA/results?locator=MTAw&maxRecords=50", None),
]
WRITES = [
    ("POST", f"{DATA}/sobjects/Account", '{"Name": "x"}'),
    ("PATCH", f"{DATA}/sobjects/Account/{ID}", "{}"),
    ("DELETE", f"{DATA}/sobjects/Account/{ID}", None),
    ("POST", f"{DATA}/composite/sobjects", "{}"),
    ("PATCH", f"{DATA}/composite/sobjects", "{}"),
    ("POST", f"{DATA}/composite", "{}"),
    ("POST", f"{DATA}/composite/batch", "{}"),
    ("POST", f"{DATA}/composite/graph", "{}"),
    ("POST", f"{DATA}/jobs/ingest", '{"operation": "insert"}'),
    ("PUT", f"{DATA}/jobs/ingest/750/batches", "x"),
    ("POST", "/services/Soap/u/60.0", "<x/>"),
    ("POST", "/services/async/60.0/job", "{}"),
    ("POST", "/services/apexrest/anything", "{}"),
    ("GET", "/services/apexrest/anything", None),
    ("POST", f"{DATA}/sobjects/Account/Ext_Id__c/x", "{}"),
    ("POST", f"{DATA}/tooling/executeAnonymous", "{}"),
    ("GET", f"{DATA}/tooling/executeAnonymous?anonymousBody=x", None),
    ("POST", f"{DATA}/actions/standard/x", "{}"),
    ("DELETE", f"{DATA}/jobs/query/7505g0000000001AAA", None),
    ("GET", f"{DATA}/sobjects/Account/{ID}/x", None),
]


def salesforce(
    method: str, path: str, body: object = None, headers: dict[str, str] | None = None, *, read_only: bool = True
) -> None:
    check(
        "salesforce",
        method,
        path if "://" in path else ORG + path,
        headers or {},
        body,
        base_url=ORG,
        read_only=read_only,
    )


@pytest.mark.parametrize(("method", "path", "body"), READS)
def test_p1_reads_pass_in_read_only_mode(method: str, path: str, body: str | None) -> None:
    salesforce(method, path, body)


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
def test_p1_writes_are_refused_in_read_only_mode(method: str, path: str, body: str | None) -> None:
    with pytest.raises(ReadOnlyRefused):
        salesforce(method, path, body)


METHODS = st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "get", "Post", "MERGE", ""])
PIECES = st.sampled_from(
    [
        "/services",
        "/data",
        "/v68.0",
        "/v1.0",
        "/sobjects",
        "/Account",
        f"/{ID}",
        "/query",
        "/jobs",
        "/ingest",
        "/composite",
        "/describe",
        "/results",
        "/limits",
        "/..",
        "/.",
        "//",
        "/%2e%2e",
        "%2f",
        ";x=1",
        "?q=x",
        "?_HttpMethod=PATCH",
        "&q=1",
        "?_method=delete",
        "#",
        "\\",
        " ",
        "\n",
        "/updated",
        "/batches",
        "@evil.example",
        "?fields=Name",
        "/Ext__c/a",
    ]
)
PATHS = st.one_of(
    st.lists(PIECES, max_size=8).map("".join),
    st.sampled_from([path for _, path, _ in READS + WRITES]),
    st.tuples(st.sampled_from([path for _, path, _ in READS]), PIECES).map("".join),
)
OVERRIDES = st.dictionaries(
    st.sampled_from(
        [
            "X-HTTP-Method-Override",
            "x-http-method",
            "X-Method-Override",
            "Accept",
            "X_HTTP_Method_Override",
            "Sforce-Query-Options",
        ]
    ),
    METHODS,
    max_size=2,
)
BODIES = st.one_of(
    st.none(),
    st.just(QUERY_JOB),
    st.text(max_size=40),
    st.binary(max_size=40),
    st.sampled_from(
        [
            '{"operation":"insert"}',
            '{"operation":"query","operation":"delete"}',
            '{"operation":"query","object":"Account"}',
            '[{"operation":"query"}]',
        ]
    ),
)


@settings(max_examples=2000, deadline=None)
@given(METHODS, PATHS, OVERRIDES, BODIES)
@example("POST", f"{DATA}/query?_HttpMethod=PATCH&q=x", {}, None)
@example("GET", f"{DATA}/query?q=x&_HttpMethod=DELETE", {}, None)
@example("GET", f"{DATA}/limits/../sobjects/Account/{ID}", {}, None)
@example("GET", f"{DATA}/query?q=x;_HttpMethod=DELETE", {}, None)
@example("POST", f"{DATA}/jobs/query", {}, '{"operation":"query","operation":"delete"}')
def test_p1_nothing_that_could_write_passes(method: str, path: str, headers: dict[str, str], body: object) -> None:
    """Whatever passes is a GET without a body, or a query job; no override, no trick with the path, no other host."""
    try:
        salesforce(method, path, body, headers)
    except (ReadOnlyRefused, ValueError):
        return
    assert not any(is_override(name) for name in headers)
    bare, _, query = path.partition("?")
    assert not any(is_override(name.partition("=")[0]) for name in re.split("[&;?]", query))
    assert "%" not in bare and ".." not in bare and "@" not in bare
    if method == "POST":
        assert bare.rstrip("/").endswith("/jobs/query")
        assert json.loads(body)["operation"] in ("query", "queryAll")  # type: ignore[arg-type]  # it passed as text
    else:
        assert method == "GET" and not body


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/services/data/v68.0/limits",
        f"{ORG}.evil.example{DATA}/limits",
        f"https://user@fernleigh.my.salesforce.com{DATA}/limits",
        f"http://{ORG[8:]}{DATA}/limits",
    ],
)
@pytest.mark.parametrize("read_only", [True, False])
def test_p12_a_token_goes_to_no_other_host(url: str, read_only: bool) -> None:
    with pytest.raises(ReadOnlyRefused):
        salesforce("GET", url, read_only=read_only)


@pytest.mark.parametrize(
    "name", ["X-HTTP-Method-Override", "X-HTTP-METHOD", "x_method_override", "_HttpMethod", "_method"]
)
def test_overrides_are_refused_with_read_only_off_too(name: str) -> None:
    with pytest.raises(ReadOnlyRefused):
        salesforce("POST", f"{DATA}/sobjects/Account", "{}", {name: "DELETE"}, read_only=False)
    with pytest.raises(ReadOnlyRefused):
        salesforce("POST", f"{DATA}/query?{name}=PATCH", "{}", read_only=False)


def test_a_refusal_shows_no_id_and_no_value() -> None:
    with pytest.raises(ReadOnlyRefused) as refused:
        salesforce("PATCH", f"{DATA}/sobjects/Account/{ID}?x=secret", '{"Name": "secret"}')
    assert ID not in str(refused.value) and "secret" not in str(refused.value)
