using System.Globalization;
using System.Text.RegularExpressions;

namespace Arctic.Iceberg.Catalog;

/// <summary>The names of metadata files: <c>vN.metadata.json</c> of file-system catalogs, <c>NNNNN-uuid.metadata.json</c> of others, gzipped in two spellings.</summary>
internal static partial class MetadataFileName
{
    /// <summary>The endings of the files that a version can have, most likely first.</summary>
    public static readonly IReadOnlyList<string> Endings = [".metadata.json", ".gz.metadata.json", ".metadata.json.gz"];

    /// <summary>What our names begin with, and no other name in a metadata folder.</summary>
    public const string VersionPrefix = "v";

    /// <summary>Our name of a version.</summary>
    public static string OfVersion(int version) => string.Create(CultureInfo.InvariantCulture, $"{VersionPrefix}{version}.metadata.json");

    /// <summary>The number of a name; null when it is not one of a numbered metadata file.</summary>
    public static int? FindVersion(string name) =>
        NumberedPattern().Match(name) is { Success: true } match && int.TryParse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? version
            : null;

    /// <summary>Whether the name is one of a metadata file at all.</summary>
    public static bool IsMetadata(string name) => Endings.Any(e => name.EndsWith(e, StringComparison.Ordinal));

    [GeneratedRegex(@"^v?(\d+)(-[^/]*)?(\.gz)?\.metadata\.json(\.gz)?$", RegexOptions.CultureInvariant)]
    private static partial Regex NumberedPattern();
}
