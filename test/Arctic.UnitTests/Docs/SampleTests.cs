namespace Arctic.UnitTests.Docs;

/// <summary>The lines that the README shows are those of the sample, which the solution compiles and CI runs from the package.</summary>
public class SampleTests
{
    [Fact]
    public void Readme_shows_the_sample()
    {
        var sample = File.ReadAllLines(Path.Combine(Root(), "samples", "WriteFromCSharp", "Program.cs"));

        var shown = string.Join('\n', sample.Select(line => line.Length == 0 ? "" : "    " + line));

        Assert.Contains(shown, File.ReadAllText(Path.Combine(Root(), "README.md")).ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Arctic.slnx")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("There is no Arctic.slnx above the tests.");
        }

        return folder;
    }
}
