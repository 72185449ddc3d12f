//! For tests: profiles and agreements of parties that do not exist, written as the registry writes them.

/// Dialogmelding 1.0 and 1.1.
pub(crate) const DIALOGUE_1_0: &str = "http://www.kith.no/xmlstds/dialog/2006-10-11";
/// The one this program writes.
pub(crate) const DIALOGUE_1_1: &str = "http://www.kith.no/xmlstds/dialog/2013-01-23";

/// A certificate for encryption, from 2026-11-23 to 2028-11-22; nobody has its key.
pub(crate) const FOR_ENCRYPTION: &str = "\
    MIIBOTCB7KADAgECAgEBMAUGAytlcDAUMRIwEAYDVQQDDAlTeW50ZXRpc2swHhcNMjYxMTIzMDAzNjE2WhcNMjgxMTIyMDAz\
    NjE2WjAUMRIwEAYDVQQDDAlTeW50ZXRpc2swKjAFBgMrZXADIQAw1QVITcg9XU6oAGJ18Q1qR5f28iWbFXICh3VcxnKZnqNj\
    MGEwHQYDVR0OBBYEFAfLCrI+jKfaBP5mbLARsobHxee3MB8GA1UdIwQYMBaAFAfLCrI+jKfaBP5mbLARsobHxee3MA8GA1Ud\
    EwEB/wQFMAMBAf8wDgYDVR0PAQH/BAQDAgUgMAUGAytlcANBAPMmRJejfURGmFtAs/x1EEkvjMCPloswK7Wdzb/WHLdYuCTY\
    pFfkqQtTWL3e6tObJDy+OYbWI7UJGav3gOUjOwI=";

/// One for signing.
pub(crate) const FOR_SIGNING: &str = "\
    MIIBOTCB7KADAgECAgEBMAUGAytlcDAUMRIwEAYDVQQDDAlTeW50ZXRpc2swHhcNMjYxMTIzMDAzNjE2WhcNMjgxMTIyMDAz\
    NjE2WjAUMRIwEAYDVQQDDAlTeW50ZXRpc2swKjAFBgMrZXADIQBO6mUX3AOSKAaEQgXXI5ZT1LnPFGjc4lN/LxGp6bH0WKNj\
    MGEwHQYDVR0OBBYEFEA5fq3dznX36BIfw4NrnV3oX9pfMB8GA1UdIwQYMBaAFEA5fq3dznX36BIfw4NrnV3oX9pfMA8GA1Ud\
    EwEB/wQFMAMBAf8wDgYDVR0PAQH/BAQDAgZAMAUGAytlcANBAKIBigwyqLN6tzbQxqIAJCkkHcDF3ur1Io6Ppm1gNSzDVSHk\
    mVuK8r6XLvIFoxW0Wq5/z0TKYYTHgb5X7l7+iAM=";

/// An action that a party receives, and the schemas of its package: namespace, and the version beside it.
pub(crate) type Receives<'a> = (&'a str, &'a [(&'a str, &'a str)]);

/// A profile of one party.
pub(crate) fn profile(her_id: u32, receives: &[Receives<'_>]) -> String {
    let id = format!("tns:cppid=\"cpp-{her_id}\"");
    document("CollaborationProtocolProfile", &id, "", &[(her_id, receives)])
}

/// An agreement between parties, with its status and its days.
pub(crate) fn agreement(status: &str, [start, end]: [&str; 2], parties: &[(u32, &[Receives<'_>])]) -> String {
    let term = format!(
        "<tns:Status tns:value=\"{status}\"/><tns:Start>{start}T00:00:00Z</tns:Start><tns:End>{end}T00:00:00Z</tns:End>"
    );
    document("CollaborationProtocolAgreement", &format!("tns:cpaid=\"cpa-{start}\""), &term, parties)
}

fn document(root: &str, id: &str, term: &str, parties: &[(u32, &[Receives<'_>])]) -> String {
    let mut infos = String::new();
    let mut packages = String::new();
    for (her_id, receives) in parties {
        infos += &info(*her_id, receives);
        packages += &packages_of(*her_id, receives);
    }
    format!(
        r#"<?xml version="1.0" encoding="utf-8"?>
<tns:{root} xmlns:tns="http://www.oasis-open.org/committees/ebxml-cppa/schema/cpp-cpa-2_0.xsd"
  xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" {id}>
{term}{infos}{packages}</tns:{root}>"#
    )
}

/// A party with the old generation of role names: `DIALOG_HELSEFAGLIGreceiver`.
fn info(her_id: u32, receives: &[Receives<'_>]) -> String {
    let roles: String = receives.iter().zip(1..).map(|((action, _), no)| role(her_id, action, no)).collect();
    let certificate = |id: &str, text: &str| {
        format!(
            r#"<tns:Certificate tns:certId="{id}"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>
{text}
</ds:X509Certificate></ds:X509Data></ds:KeyInfo></tns:Certificate>"#
        )
    };
    let certificates = certificate("sign", FOR_SIGNING) + &certificate("enc", FOR_ENCRYPTION);
    format!(
        r#"<tns:PartyInfo tns:partyName="Migrasjonshelse"><tns:PartyId tns:type="ENH">999999999</tns:PartyId>
<tns:PartyId tns:type="HER">{her_id}</tns:PartyId>
{roles}{certificates}
<tns:DeliveryChannel tns:channelId="edi" tns:transportId="smtp" tns:docExchangeId="x"/>
<tns:Transport tns:transportId="smtp"><tns:TransportSender><tns:TransportProtocol>AMQP</tns:TransportProtocol>
</tns:TransportSender><tns:TransportReceiver><tns:TransportProtocol tns:version="1.1">SMTP</tns:TransportProtocol>
<tns:Endpoint tns:uri="mailto:edi@example.invalid" tns:type="allPurpose"/></tns:TransportReceiver></tns:Transport>
</tns:PartyInfo>"#
    )
}

fn role(her_id: u32, action: &str, no: u32) -> String {
    let binding = |action: &str, package: &str| {
        format!(
            r#"<tns:ThisPartyActionBinding tns:id="{action}{no}" tns:action="{action}" tns:packageId="{package}"
xlink:type="simple"><tns:ChannelId>edi</tns:ChannelId></tns:ThisPartyActionBinding>"#
        )
    };
    let receive = binding(action, &format!("package_{her_id}_{no}"));
    let send = binding("ONLY_SENT", "none");
    format!(
        r#"<tns:CollaborationRole><tns:ProcessSpecification tns:name="Helsefaglig dialog" tns:version="9.9"/>
<tns:Role tns:name="{action}receiver" xlink:type="simple"/><tns:ServiceBinding><tns:Service>S-{action}</tns:Service>
<tns:CanSend>{send}</tns:CanSend><tns:CanReceive>{receive}</tns:CanReceive></tns:ServiceBinding></tns:CollaborationRole>"#
    )
}

fn packages_of(her_id: u32, receives: &[Receives<'_>]) -> String {
    let package = |(no, (_, schemas)): (u32, &Receives<'_>)| {
        let supported = |(namespace, version): &(&str, &str)| {
            format!(r#"<tns:NamespaceSupported tns:version="{version}">{namespace}</tns:NamespaceSupported>"#)
        };
        let supported: String = schemas.iter().map(supported).collect();
        format!(
            r#"<tns:SimplePart tns:id="part_{her_id}_{no}" tns:mimetype="application/xml">
<tns:NamespaceSupported tns:version="1.2">http://www.kith.no/xmlstds/msghead/2006-05-24</tns:NamespaceSupported>
{supported}</tns:SimplePart>
<tns:Packaging tns:id="package_{her_id}_{no}"><tns:CompositeList>
<tns:Encapsulation tns:id="enc_{no}"><tns:Constituent tns:idref="part_{her_id}_{no}"/></tns:Encapsulation>
<tns:Composite tns:id="all_{no}"><tns:Constituent tns:idref="enc_{no}"/></tns:Composite>
</tns:CompositeList></tns:Packaging>"#
        )
    };
    (1..).zip(receives).map(package).collect()
}
