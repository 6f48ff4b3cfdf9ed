using System.Globalization;
using System.Text;
using Arctic.Columnar.Errors;

namespace Arctic.Iceberg.Catalog.Rest;

/// <summary>The addresses of a REST catalog. Names are percent-encoded; the levels of a namespace are joined by what the server says.</summary>
internal sealed class RestRoutes
{
    /// <summary>The separator of levels where the server says nothing, percent-encoded as it stands in addresses.</summary>
    public const string DefaultSeparator = "%1F";

    private readonly string _root;
    private readonly string _separator;

    /// <param name="uri">Without <c>/v1</c>.</param>
    /// <param name="prefix">Null or empty for none; may have several parts.</param>
    /// <param name="separator">Percent-encoded.</param>
    public RestRoutes(string uri, string? prefix, string separator)
    {
        Base = uri.TrimEnd('/');
        var parts = (prefix ?? "").Split('/', StringSplitOptions.RemoveEmptyEntries).Select(EncodedOnce);
        _root = string.Join('/', [Base + "/v1", .. parts]);
        _separator = separator;
    }

    /// <summary>The address of the catalog.</summary>
    public string Base { get; }

    public string Tokens => Base + "/v1/oauth/tokens";

    public string Rename => _root + "/tables/rename";

    public string CommitAll => _root + "/transactions/commit";

    public string Config(string? warehouse) => Base + "/v1/config" + QueryOf(("warehouse", warehouse));

    public string Namespaces() => _root + "/namespaces";

    /// <param name="pageToken">Null for a listing that is not paged; empty for the first page.</param>
    public string Namespaces(Namespace parent, string? pageToken, int? pageSize) => Namespaces() + QueryOf(
        ("parent", parent.Levels.Count == 0 ? null : string.Join(Uri.UnescapeDataString(_separator), parent.Levels)), ("pageToken", pageToken), ("pageSize", Text(pageSize)));

    /// <exception cref="ArcticException"><c>INVALID_STATEMENT</c>: the root has no address, and nothing but databases lies in it.</exception>
    public string NamespaceOf(Namespace ns) => ns.Levels.Count > 0
        ? $"{_root}/namespaces/{Encode(ns)}"
        : throw new ArcticException(ErrorCodes.InvalidStatement, "A table of a REST catalog lies in a database: its name has at least two parts.");

    public string PropertiesOf(Namespace ns) => NamespaceOf(ns) + "/properties";

    public string Tables(Namespace ns) => NamespaceOf(ns) + "/tables";

    public string Tables(Namespace ns, string? pageToken, int? pageSize) => Tables(ns) + QueryOf(("pageToken", pageToken), ("pageSize", Text(pageSize)));

    public string Views(Namespace ns, string? pageToken, int? pageSize) => NamespaceOf(ns) + "/views" + QueryOf(("pageToken", pageToken), ("pageSize", Text(pageSize)));

    public string ViewOf(TableIdentifier view) => $"{NamespaceOf(view.Namespace)}/views/{Encode(view.Name)}";

    public string Register(Namespace ns) => NamespaceOf(ns) + "/register";

    public string TableOf(TableIdentifier table) => $"{Tables(table.Namespace)}/{Encode(table.Name)}";

    public string TableOf(TableIdentifier table, SnapshotLoading snapshots) => TableOf(table) + QueryOf(("snapshots", snapshots == SnapshotLoading.Refs ? "refs" : "all"));

    public string Purge(TableIdentifier table, DropMode mode) => TableOf(table) + QueryOf(("purgeRequested", mode == DropMode.DeleteFiles ? "true" : "false"));

    public string CredentialsOf(TableIdentifier table) => TableOf(table) + "/credentials";

    public string MetricsOf(TableIdentifier table) => TableOf(table) + "/metrics";

    /// <summary>An address that the server gave, which may be relative to the catalog.</summary>
    public string Resolve(string address) =>
        address.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || address.StartsWith("https://", StringComparison.OrdinalIgnoreCase) ? address : $"{Base}/{address.TrimStart('/')}";

    private string Encode(Namespace ns) => string.Join(_separator, ns.Levels.Select(Encode));

    private static string Encode(string name) => Uri.EscapeDataString(name);

    // A server may give a prefix that is encoded already.
    private static string EncodedOnce(string part) => Encode(Uri.UnescapeDataString(part));

    private static string? Text(int? number) => number?.ToString(CultureInfo.InvariantCulture);

    private static string QueryOf(params ReadOnlySpan<(string Key, string? Value)> parameters)
    {
        var query = new StringBuilder();
        foreach (var (key, value) in parameters)
        {
            if (value is not null)
            {
                query.Append(query.Length == 0 ? '?' : '&').Append(key).Append('=').Append(Encode(value));
            }
        }

        return query.ToString();
    }
}

/// <summary>Which snapshots come with a table.</summary>
public enum SnapshotLoading
{
    /// <summary>All that the table keeps.</summary>
    All,

    /// <summary>Those that branches and tags name: enough to read them, and much less where a table has thousands of snapshots. Time travel finds no others.</summary>
    Refs,
}
