"""A SAML provider for the tests: it answers a request for sign-in with signed XML, good or wrong in one thing.

Run as `python -m accounts.tests.saml_provider PORT FOLDER`; it writes its certificate into the folder. In the query of
`/sso`, `who` says whom the answer names and `fault` what is wrong with it. A browser gets a page with the answer in a
form, all others the answer alone.
"""

import base64
import json
import sys
import uuid
import zlib
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from lxml import etree

ENTITY = "https://login.campus.example/saml"
PROTOCOL, ASSERTION = "urn:oasis:names:tc:SAML:2.0:protocol", "urn:oasis:names:tc:SAML:2.0:assertion"
MAIL, GIVEN, FAMILY = "urn:oid:0.9.2342.19200300.100.1.3", "urn:oid:2.5.4.42", "urn:oid:2.5.4.4"
PAGE = """<!doctype html><title>Campus</title><link rel="icon" href="data:,"><form method="post" action="{where}">
<input type="hidden" name="SAMLResponse" value="{answer}"><button>Go on as Nour</button></form>"""
FORM = "%Y-%m-%dT%H:%M:%SZ"


class Signer:
    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "login.campus.example")])
        now = datetime.now(UTC)
        made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(self.key.public_key())
        made = made.serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=9))
        self.certificate = made.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def sign(self, node: etree._Element) -> None:
        """Put an enveloped signature into `node`, behind its issuer."""
        xmlsec.tree.add_ids(node, ["ID"])
        signature = xmlsec.template.create(node, xmlsec.Transform.EXCL_C14N, xmlsec.Transform.RSA_SHA256, ns="ds")
        node.insert(1, signature)
        reference = xmlsec.template.add_reference(signature, xmlsec.Transform.SHA256, uri="#" + node.get("ID"))
        xmlsec.template.add_transform(reference, xmlsec.Transform.ENVELOPED)
        xmlsec.template.add_transform(reference, xmlsec.Transform.EXCL_C14N)
        pem = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        context = xmlsec.SignatureContext()
        context.key = xmlsec.Key.from_memory(pem, xmlsec.KeyFormat.PEM)
        context.sign(signature)


def assertion(request: etree._Element, email: str, fault: str) -> etree._Element:
    now = datetime.now(UTC)
    begins, ends = now - timedelta(minutes=1), now + timedelta(minutes=5)
    if fault == "expired":
        begins, ends = now - timedelta(hours=2), now - timedelta(hours=1)
    elif fault == "not yet":
        begins, ends = now + timedelta(hours=1), now + timedelta(hours=2)
    audience = request.findtext(f"{{{ASSERTION}}}Issuer") if fault != "audience" else "https://elsewhere.example/"
    asked = request.get("ID") if fault != "answers another" else "ONELOGIN_" + uuid.uuid4().hex
    recipient = request.get("AssertionConsumerServiceURL") if fault != "recipient" else "https://elsewhere.example/acs/"
    issuer = ENTITY if fault != "issuer" else "https://evil.example/saml"
    written = email.replace("@campus", "@campus.example<!---->.evil") if fault == "comment" else email
    return etree.fromstring(
        f"""<saml:Assertion xmlns:saml="{ASSERTION}" ID="_{uuid.uuid4().hex}" Version="2.0" IssueInstant="{now:{FORM}}">
<saml:Issuer>{issuer}</saml:Issuer>
<saml:Subject>
<saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">id-of-{email.partition("@")[0]}</saml:NameID>
<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">
<saml:SubjectConfirmationData InResponseTo="{asked}" NotOnOrAfter="{ends:{FORM}}" Recipient="{recipient}"/>
</saml:SubjectConfirmation>
</saml:Subject>
<saml:Conditions NotBefore="{begins:{FORM}}" NotOnOrAfter="{ends:{FORM}}">
<saml:AudienceRestriction><saml:Audience>{audience}</saml:Audience></saml:AudienceRestriction>
</saml:Conditions>
<saml:AuthnStatement AuthnInstant="{now:{FORM}}" SessionIndex="_{uuid.uuid4().hex}">
<saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef>
</saml:AuthnContext></saml:AuthnStatement>
<saml:AttributeStatement>
<saml:Attribute Name="{MAIL}"><saml:AttributeValue>{written}</saml:AttributeValue></saml:Attribute>
<saml:Attribute Name="{GIVEN}"><saml:AttributeValue>Nour</saml:AttributeValue></saml:Attribute>
<saml:Attribute Name="{FAMILY}"><saml:AttributeValue>Campus</saml:AttributeValue></saml:Attribute>
</saml:AttributeStatement>
</saml:Assertion>"""
    )


def respond(signer: Signer, request: etree._Element, email: str, fault: str) -> bytes:
    stated = assertion(request, email, fault)
    if fault == "another key":
        Signer().sign(stated)
    elif fault != "unsigned":
        signer.sign(stated)
    if fault == "changed":
        stated.find(f".//{{{ASSERTION}}}AttributeValue").text = "rita@campus.example"
    answered = request.get("ID") if fault != "answers another" else "ONELOGIN_" + uuid.uuid4().hex
    acs = request.get("AssertionConsumerServiceURL") if fault != "destination" else "https://elsewhere.example/acs/"
    status = "Success" if fault != "denied" else "Responder"
    response = etree.fromstring(
        f"""<samlp:Response xmlns:samlp="{PROTOCOL}" xmlns:saml="{ASSERTION}" ID="_{uuid.uuid4().hex}" Version="2.0"
 IssueInstant="{datetime.now(UTC):{FORM}}" Destination="{acs}" InResponseTo="{answered}">
<saml:Issuer>{ENTITY}</saml:Issuer>
<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:{status}"/></samlp:Status>
</samlp:Response>"""
    )
    if fault == "wrapped":
        # Another assertion in front of the signed one, under the same name.
        forged = assertion(request, "rita@campus.example", "")
        forged.set("ID", stated.get("ID"))
        response.append(forged)
    if fault == "unasked":
        del response.attrib["InResponseTo"]
    response.append(stated)
    return etree.tostring(response)


class Provider(BaseHTTPRequestHandler):
    signer: Signer

    def do_GET(self) -> None:
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        raw = zlib.decompress(base64.b64decode(query["SAMLRequest"]), -15)
        email, fault = query.get("who", "nour@campus.example"), query.get("fault", "")
        made = respond(self.signer, etree.fromstring(raw), email, fault)
        answer = base64.b64encode(made).decode()
        as_page = "text/html" in self.headers.get("Accept", "")
        where = etree.fromstring(raw).get("AssertionConsumerServiceURL")
        body = PAGE.format(where=where, answer=answer) if as_page else json.dumps({"SAMLResponse": answer})
        self.send_response(200)
        self.send_header("Content-Type", "text/html" if as_page else "application/json")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *args: object) -> None:
        pass


def main() -> None:
    Provider.signer = Signer()
    (Path(sys.argv[2]) / "certificate.pem").write_bytes(Provider.signer.certificate)
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Provider).serve_forever()


if __name__ == "__main__":
    main()
