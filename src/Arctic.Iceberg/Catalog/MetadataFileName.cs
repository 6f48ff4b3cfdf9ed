using System.Globalization;
using System.Text.RegularExpressions;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Json;

namespace Arctic.Iceberg.Catalog;

/// <summary>The names of metadata files: <c>vN.metadata.json</c> of file-system catalogs, <c>NNNNN-uuid.metadata.json</c> of others, gzipped in two spellings.</summary>
internal static partial class MetadataFileName
{
    /// <summary>The endings of the files that a version can have, most likely first.</summary>
    public static readonly IReadOnlyList<string> Endings = [".metadata.json", ".gz.metadata.json", ".metadata.json.gz"];

    /// <summary>What our names begin with, and no other name in a metadata folder.</summary>
    public const string VersionPrefix = "v";

    /// <summary>The name of a version in file-system catalogs.</summary>
    public static string OfVersion(int version, MetadataCodec codec) => string.Create(CultureInfo.InvariantCulture, $"{VersionPrefix}{version}{EndingOf(codec)}");

    /// <summary>The name of a version in catalogs that keep the location of the current one.</summary>
    public static string OfVersion(int version, Guid id, MetadataCodec codec) => string.Create(CultureInfo.InvariantCulture, $"{version:D5}-{id:D}{EndingOf(codec)}");

    /// <summary>The codecs, for messages.</summary>
    public const string CodecNames = "none or gzip";

    /// <summary>The codec that a table asks for (<c>write.metadata.compression-codec</c>); none for a name that is not known: a commit must not fail for that, or nobody could set another.</summary>
    public static MetadataCodec CodecOf(TableMetadata metadata) => FindCodec(metadata.Properties.GetValueOrDefault(TableProperties.MetadataCompression, "none")) ?? MetadataCodec.None;

    /// <summary>The codec of a name; null when there is none.</summary>
    public static MetadataCodec? FindCodec(string name) => name.ToLowerInvariant() switch
    {
        "none" => MetadataCodec.None,
        "gzip" => MetadataCodec.Gzip,
        _ => null,
    };

    /// <summary>The number of a name; null when it is not one of a numbered metadata file.</summary>
    public static int? FindVersion(string name) =>
        NumberedPattern().Match(name) is { Success: true } match && int.TryParse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? version
            : null;

    /// <summary>Whether the name is one of a metadata file at all.</summary>
    public static bool IsMetadata(string name) => Endings.Any(e => name.EndsWith(e, StringComparison.Ordinal));

    private static string EndingOf(MetadataCodec codec) => codec == MetadataCodec.Gzip ? Endings[1] : Endings[0];

    [GeneratedRegex(@"^v?(\d+)(-[^/]*)?(\.gz)?\.metadata\.json(\.gz)?$", RegexOptions.CultureInvariant)]
    private static partial Regex NumberedPattern();
}
