/// Small exports in words of our own, shaped as Entra Connect writes them.
enum Samples {
  static let directoryConnector = """
    <ma-data>
      <id>{D1}</id>
      <name>forest.example</name>
      <category>AD</category>
      <subtype />
      <schema>
        <dsml xmlns="http://www.dsml.org/DSML" xmlns:m="http://www.microsoft.com/MMS/DSML">
          <directory-schema>
            <class id="C0" type="abstract"><name>top</name>
              <attribute ref="#A0" required="true" /></class>
            <class id="C1" type="structural" superior="#C0"><name>user</name>
              <attribute ref="#A1" required="false" /></class>
            <class id="C2" type="auxiliary"><name>mailRecipient</name>
              <attribute ref="#A2" required="false" /></class>
            <attribute-type id="A0" single-value="true" user-modification="false">
              <name>objectGUID</name><syntax>1.3.6.1.4.1.1466.115.121.1.40</syntax>
            </attribute-type>
            <attribute-type id="A1" single-value="true">
              <name>sAMAccountName</name><syntax>1.3.6.1.4.1.1466.115.121.1.15</syntax>
            </attribute-type>
            <attribute-type id="A2">
              <name>proxyAddresses</name><syntax>1.3.6.1.4.1.1466.115.121.1.15</syntax>
            </attribute-type>
            <dit-content-rule id="C1"><aux-class ref="#C2" /></dit-content-rule>
          </directory-schema>
        </dsml>
      </schema>
      <attribute-inclusion><attribute>objectGUID</attribute></attribute-inclusion>
      <ma-partition-data>
        <partition>
          <name>DC=forest,DC=example</name>
          <selected>1</selected>
          <custom-data><parameter-values>
            <parameter name="nested.too.deep" intrinsic="1">x</parameter>
          </parameter-values></custom-data>
          <filter>
            <object-classes><object-class>user</object-class></object-classes>
            <containers>
              <exclusions><exclusion>DC=forest,DC=example</exclusion></exclusions>
              <inclusions><inclusion>OU=Staff,DC=forest,DC=example</inclusion></inclusions>
            </containers>
          </filter>
          <parameter-values>
            <parameter name="Domain.FQDN" intrinsic="1">forest.example</parameter>
            <parameter name="last-dc">dc1.forest.example</parameter>
          </parameter-values>
        </partition>
      </ma-partition-data>
      <private-configuration>
        <adma-configuration>
          <parameter-values>
            <parameter name="Forest.FQDN" intrinsic="1">forest.example</parameter>
            <parameter name="forest-login-user">svc-sync</parameter>
            <parameter name="password" encrypted="1" intrinsic="1">AAAA</parameter>
          </parameter-values>
        </adma-configuration>
      </private-configuration>
    </ma-data>
    """

  static let cloudConnector = """
    <ma-data>
      <id>{C1}</id>
      <name>example.onmicrosoft.com - AAD</name>
      <category>Extensible2</category>
      <subtype>Windows Azure Active Directory (Microsoft)</subtype>
    </ma-data>
    """

  static let metaverse = """
    <saved-mv-configuration server='SYNC1' export-date='2020-01-01 00:00:00'>
      <mv-data>
        <schema>
          <dsml:dsml xmlns:ms="http://www.microsoft.com/MMS/DSML"
              xmlns:dsml="http://www.dsml.org/DSML">
            <dsml:directory-schema>
              <dsml:class id="person" type="structural">
                <dsml:name>person</dsml:name>
                <dsml:attribute ref="#accountEnabled" required="false" />
                <dsml:attribute ref="#manager" required="false" />
              </dsml:class>
              <dsml:attribute-type id="accountEnabled" single-value="true">
                <dsml:name>accountEnabled</dsml:name>
                <dsml:syntax>1.3.6.1.4.1.1466.115.121.1.7</dsml:syntax>
              </dsml:attribute-type>
              <dsml:attribute-type id="sourceAnchor" single-value="true" ms:indexable="true">
                <dsml:name>sourceAnchor</dsml:name>
                <dsml:syntax>1.3.6.1.4.1.1466.115.121.1.15</dsml:syntax>
              </dsml:attribute-type>
              <dsml:attribute-type id="manager" single-value="true">
                <dsml:name>manager</dsml:name>
                <dsml:syntax>1.3.6.1.4.1.1466.115.121.1.12</dsml:syntax>
              </dsml:attribute-type>
            </dsml:directory-schema>
          </dsml:dsml>
        </schema>
        <parameter-values>
          <parameter name="Microsoft.Synchronize.StagingMode">False</parameter>
          <parameter name="Secret" encrypted="1">AAAA</parameter>
        </parameter-values>
      </mv-data>
    </saved-mv-configuration>
    """

  static let inbound = """
    <synchronizationRule>
      <id>{AA01}</id>
      <name>In from forest - People</name>
      <description>Staff only</description>
      <immutable-tag>Example.People.1</immutable-tag>
      <direction>Inbound</direction>
      <disabled>False</disabled>
      <connector>{d1}</connector>
      <sourceObjectType>user</sourceObjectType>
      <targetObjectType>person</targetObjectType>
      <linkType>Provision</linkType>
      <precedence>100</precedence>
      <softDeleteExpiryInterval>00:00:00</softDeleteExpiryInterval>
      <EnablePasswordSync>true</EnablePasswordSync>
      <attribute-mappings>
        <mapping>
          <dest>sourceAnchor</dest>
          <src><attr>objectGUID</attr></src>
          <expression>ConvertToBase64([objectGUID]) &amp; ""</expression>
          <valueMergeType>Update</valueMergeType>
        </mapping>
        <mapping>
          <dest>accountEnabled</dest>
          <src>True</src>
          <valueMergeType>Update</valueMergeType>
        </mapping>
        <mapping execute-once="true">
          <dest>displayName</dest>
          <src><attr>sAMAccountName</attr></src>
        </mapping>
        <mapping>
          <dest>proxyAddresses</dest>
          <src><attr>proxyAddresses</attr></src>
          <valueMergeType>MergeCaseInsensitive</valueMergeType>
        </mapping>
      </attribute-mappings>
      <relationshipCriteria>
        <conditions>
          <condition>
            <csAttribute>objectGUID</csAttribute>
            <ilmAttribute>sourceAnchor</ilmAttribute>
          </condition>
        </conditions>
        <conditions>
          <condition>
            <caseSensitive>True</caseSensitive>
            <csAttribute>mail</csAttribute>
            <ilmAttribute>mailAddress</ilmAttribute>
          </condition>
        </conditions>
      </relationshipCriteria>
      <synchronizationCriteria>
        <conditions>
          <scope>
            <csAttribute>isCriticalSystemObject</csAttribute>
            <csOperator>NOTEQUAL</csOperator>
            <csValue>TRUE</csValue>
          </scope>
          <scope>
            <csAttribute>userAccountControl</csAttribute>
            <csOperator>ISBITNOTSET</csOperator>
            <csValue>2</csValue>
          </scope>
        </conditions>
        <conditions>
          <scope>
            <csAttribute>employeeID</csAttribute>
            <csOperator>ISNOTNULL</csOperator>
            <csValue />
          </scope>
        </conditions>
      </synchronizationCriteria>
    </synchronizationRule>
    """

  static let outbound = """
    <synchronizationRule>
      <id>{aa02}</id>
      <name>Out to cloud - People</name>
      <direction>Outbound</direction>
      <disabled>True</disabled>
      <connector>{c1}</connector>
      <sourceObjectType>person</sourceObjectType>
      <targetObjectType>user</targetObjectType>
      <linkType>StickyJoin</linkType>
      <precedence>120</precedence>
      <attribute-mappings />
      <relationshipCriteria>
        <conditions>
          <condition>
            <csAttribute>sourceAnchorInCloud</csAttribute>
            <ilmAttribute>sourceAnchor</ilmAttribute>
          </condition>
        </conditions>
      </relationshipCriteria>
    </synchronizationRule>
    """
}
