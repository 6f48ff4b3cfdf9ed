namespace Arctic.InteropTests.CommandLine;

/// <summary>Waits for what another process commits.</summary>
internal static class TableCommits
{
    /// <summary>Returns when the table of a folder has a snapshot: its folder of metadata is watched.</summary>
    public static async Task WaitAsync(string table)
    {
        var giveUp = ArcticCommand.GiveUp();
        var metadata = Path.Combine(table, "metadata");
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        do
        {
            // The first manifest list is written with the first snapshot, the version after it with the commit.
            if (Directory.Exists(metadata) && Directory.EnumerateFiles(metadata, "v2.metadata.json").Any())
            {
                return;
            }
        }
        while (await timer.WaitForNextTickAsync(giveUp));
    }
}
