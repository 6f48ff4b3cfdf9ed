using Arctic.Columnar.Errors;
using Arctic.Iceberg.Writing;

namespace Arctic.KeyedTables.Writing;

/// <summary>How the files of a table are written.</summary>
internal static class WriteSettings
{
    /// <summary>Codec and sizes of data files, by a store's properties and the format's own defaults.</summary>
    public static DataWriteOptions Of(IReadOnlyDictionary<string, string> properties, KeyedTableOptions options) =>
        DataWriteOptions.Of(properties) with { FileBytesTarget = options.FileSizeTarget.Bytes };

    /// <summary>Refuses formats that are not written.</summary>
    /// <param name="key">The property that asks for the format.</param>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.FormatUnsupported"/>.</exception>
    public static void RequireParquet(string table, string key, string format)
    {
        if (!format.Equals("parquet", StringComparison.OrdinalIgnoreCase))
        {
            throw new ArcticException(ErrorCodes.FormatUnsupported, $"Cannot write table '{table}': it asks for files in the format '{format}' ('{key}'), and only 'parquet' is written.");
        }
    }
}
