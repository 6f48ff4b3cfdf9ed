using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Arctic.Columnar.Errors;
using Arctic.Iceberg.Spec.Json;

namespace Arctic.UnitTests.Iceberg.Spec;

/// <summary>What other engines wrote into metadata files is there, member by member, when we have written them anew.</summary>
public sealed class GoldenMetadataMeaningTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_member_of_a_golden_metadata_file_is_written_with_its_value()
    {
        var root = Golden.Find(".");
        Assert.SkipWhen(root is null, "The golden tables are not on this machine.");
        var compared = 0;
        var lost = new List<string>();

        foreach (var path in Directory.EnumerateFiles(root, "*.metadata.json", SearchOption.AllDirectories).Where(p => !p.Contains("/_format/", StringComparison.Ordinal)))
        {
            var content = await File.ReadAllBytesAsync(path, Token);
            ReadOnlyMemory<byte> written;
            try
            {
                written = TableMetadataWriter.Write(TableMetadataReader.Read(content, path));
            }
            catch (ArcticException)
            {
                // Another test says which are refused.
                continue;
            }

            using var before = JsonDocument.Parse(Unpacked(content));
            using var after = JsonDocument.Parse(written);
            Compare(before.RootElement, after.RootElement, path, lost);
            compared++;
        }

        Assert.True(compared > 1000, $"{compared} files");
        Assert.True(lost.Count == 0, $"{lost.Count} members differ:\n{string.Join('\n', lost.Take(40))}");
    }

    private static void Compare(JsonElement before, JsonElement after, string place, List<string> lost)
    {
        switch (before.ValueKind)
        {
            case JsonValueKind.Object when after.ValueKind == JsonValueKind.Object:
                foreach (var member in before.EnumerateObject().Where(m => !SaysNothing(m)))
                {
                    if (after.TryGetProperty(member.Name, out var found))
                    {
                        Compare(member.Value, found, $"{place}/{member.Name}", lost);
                    }
                    else
                    {
                        lost.Add($"{place}/{member.Name}: {member.Value.GetRawText()} is gone");
                    }
                }

                break;
            case JsonValueKind.Array when after.ValueKind == JsonValueKind.Array && before.GetArrayLength() == after.GetArrayLength():
                foreach (var (one, other, i) in before.EnumerateArray().Zip(after.EnumerateArray()).Select((p, i) => (p.First, p.Second, i)))
                {
                    Compare(one, other, $"{place}/{i}", lost);
                }

                break;
            default:
                if (TextOf(before) != TextOf(after))
                {
                    lost.Add($"{place}: {before.GetRawText()} became {after.GetRawText()}");
                }

                break;
        }
    }

    // No parent, no snapshot, no list: said by leaving the member out.
    private static bool SaysNothing(JsonProperty member) => member.Value.ValueKind == JsonValueKind.Null
        || (member.Value.ValueKind == JsonValueKind.Array && member.Value.GetArrayLength() == 0)
        || (member.Value.ValueKind == JsonValueKind.Object && !member.Value.EnumerateObject().Any())
        || (member.Name is "parent-snapshot-id" or "current-snapshot-id" && member.Value.GetRawText() == "-1");

    // Types are written with and without a space, locations with and without a slash at the end.
    private static string TextOf(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()!.Replace(" ", "", StringComparison.Ordinal).TrimEnd('/') : value.GetRawText();

    private static byte[] Unpacked(byte[] content)
    {
        if (content is not [0x1F, 0x8B, ..])
        {
            return Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(content).TrimStart('\uFEFF'));
        }

        using var gzip = new GZipStream(new MemoryStream(content), CompressionMode.Decompress);
        var result = new MemoryStream();
        gzip.CopyTo(result);
        return result.ToArray();
    }
}
